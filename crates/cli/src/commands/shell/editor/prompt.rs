use std::borrow::Cow;

use reedline::{Color, Prompt, PromptEditMode, PromptHistorySearch, PromptHistorySearchStatus};

use crate::escape::escape_str;

/// What stands in front of the line.
pub(super) struct ShellPrompt(String);

impl ShellPrompt {
    /// The names in it come from outside.
    pub(super) fn new(text: &str) -> Self {
        Self(escape_str(text).into_owned())
    }
}

impl Prompt for ShellPrompt {
    fn render_prompt_left(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.0)
    }

    fn render_prompt_right(&self) -> Cow<'_, str> {
        Cow::Borrowed("")
    }

    fn render_prompt_indicator(&self, _: PromptEditMode) -> Cow<'_, str> {
        Cow::Borrowed("")
    }

    fn render_prompt_multiline_indicator(&self) -> Cow<'_, str> {
        Cow::Borrowed("")
    }

    fn render_prompt_history_search_indicator(&self, search: PromptHistorySearch) -> Cow<'_, str> {
        let found = match search.status {
            PromptHistorySearchStatus::Passing => "",
            PromptHistorySearchStatus::Failing => "nothing with ",
        };
        Cow::Owned(format!("({found}{}) ", escape_str(&search.term)))
    }

    fn get_prompt_color(&self) -> Color {
        Color::Default
    }
}
