use super::{Mail, Place};

/// ORDEREDSUBJECT (RFC 5256 section 3): messages with one base subject are a thread, the first one sent above all
/// others; threads stand in the order of their first messages.
pub(super) fn thread(mails: &[Mail]) -> Vec<Place> {
    let sent = |index: usize| (mails[index].sent, mails[index].number);
    let mut sorted: Vec<usize> = (0..mails.len()).collect();
    sorted.sort_by(|one, other| {
        let texts = mails[*one].subject.text.cmp(&mails[*other].subject.text);
        texts.then_with(|| sent(*one).cmp(&sent(*other)))
    });
    let mut threads: Vec<&[usize]> =
        sorted.chunk_by(|one, other| mails[*one].subject.text == mails[*other].subject.text).collect();
    threads.sort_by_key(|thread| sent(thread[0]));
    threads
        .into_iter()
        .flatten()
        .scan(None, |subject: &mut Option<&str>, index| {
            let own = mails[*index].subject.text.as_str();
            let depth = u32::from(subject.replace(own) == Some(own));
            Some((depth, Some(*index)))
        })
        .collect()
}
