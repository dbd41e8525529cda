use std::fmt;
use std::ops::Deref;

use super::Text;

/// One parameter of a content type or disposition; names are compared without regard to case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// The name.
    pub name: Text,
    /// The value, raw.
    pub value: Text,
}

/// Parameters, in the order in which they were sent.
///
/// One is kept without an allocation: almost every list has none or one, a charset, a boundary or a file name.
#[derive(Clone)]
pub struct Parameters(List);

#[derive(Clone)]
enum List {
    One([Parameter; 1]),
    /// Any number; with none of them, there is no allocation either.
    Many(Vec<Parameter>),
}

impl Parameters {
    /// No parameters.
    pub fn new() -> Self {
        Self(List::Many(Vec::new()))
    }

    /// Adds a parameter at the end.
    pub fn push(&mut self, parameter: Parameter) {
        match &mut self.0 {
            List::Many(many) if many.is_empty() => self.0 = List::One([parameter]),
            List::Many(many) => many.push(parameter),
            List::One(_) => {
                if let List::One([first]) = std::mem::replace(&mut self.0, List::Many(Vec::new())) {
                    self.0 = List::Many(vec![first, parameter]);
                }
            }
        }
    }

    /// The value of the first one with this name.
    pub fn value(&self, name: &str) -> Option<&Text> {
        let found = self.iter().find(|parameter| parameter.name.eq_ignore_case(name.as_bytes()));
        found.map(|parameter| &parameter.value)
    }
}

impl Deref for Parameters {
    type Target = [Parameter];

    fn deref(&self) -> &[Parameter] {
        match &self.0 {
            List::One(one) => one,
            List::Many(many) => many,
        }
    }
}

impl Default for Parameters {
    fn default() -> Self {
        Self::new()
    }
}

impl PartialEq for Parameters {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Parameters {}

impl fmt::Debug for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl From<Vec<Parameter>> for Parameters {
    fn from(parameters: Vec<Parameter>) -> Self {
        Self(List::Many(parameters))
    }
}

impl FromIterator<Parameter> for Parameters {
    fn from_iter<I: IntoIterator<Item = Parameter>>(parameters: I) -> Self {
        let mut list = Self::new();
        for parameter in parameters {
            list.push(parameter);
        }
        list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_a_name_counts_in_any_case() {
        let parameter = |name: &str, value: &str| Parameter { name: name.into(), value: value.into() };
        let parameters: Parameters =
            [parameter("Charset", "a"), parameter("CHARSET", "b"), parameter("name", "c")]
                .into_iter()
                .collect();
        assert_eq!(parameters.value("charset"), Some(&"a".into()));
        assert_eq!(parameters.value("name"), Some(&"c".into()));
        assert_eq!(parameters.value("format"), None);
        assert_eq!(parameters.len(), 3);
        let one: Parameters = [parameter("name", "c")].into_iter().collect();
        assert_eq!(one, Parameters::from(vec![parameter("name", "c")]));
        assert!(Parameters::new().is_empty());
    }
}
