use tayori_proto::response::ThreadMember;

use super::ThreadBasis;

pub(super) fn thread(messages: &[ThreadBasis]) -> Vec<ThreadMember<usize>> {
    let text = |index: usize| messages[index].subject.text();
    let sent = |index: usize| (messages[index].sent, index);
    let mut sorted: Vec<usize> = (0..messages.len()).collect();
    sorted.sort_by(|one, other| {
        let texts = text(*one).cmp(text(*other));
        texts.then_with(|| sent(*one).cmp(&sent(*other)))
    });
    let mut threads: Vec<&[usize]> = sorted.chunk_by(|one, other| text(*one) == text(*other)).collect();
    threads.sort_by_key(|thread| sent(thread[0]));
    threads
        .into_iter()
        .flat_map(|thread| {
            let depths = std::iter::once(0).chain(std::iter::repeat(1));
            thread.iter().zip(depths).map(|(index, depth)| ThreadMember { depth, message: Some(*index) })
        })
        .collect()
}
