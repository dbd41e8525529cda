//! What is known of a row when a body in it begins.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use tayori_proto::response::FetchItem;

/// The items of a row in front of a body. Small bodies of one row share them, so that many cost no more than their row.
#[derive(Clone)]
pub struct SoFar {
    items: Arc<[FetchItem]>,
    /// `len <= items.len()`
    len: usize,
}

impl SoFar {
    /// Those in front of each of these items.
    pub(crate) fn of_each(items: &[FetchItem]) -> impl Iterator<Item = Self> {
        let items: Arc<[FetchItem]> = items.into();
        (0..items.len()).map(move |len| Self { items: Arc::clone(&items), len })
    }
}

impl From<Vec<FetchItem>> for SoFar {
    fn from(items: Vec<FetchItem>) -> Self {
        Self { len: items.len(), items: items.into() }
    }
}

impl Deref for SoFar {
    type Target = [FetchItem];

    fn deref(&self) -> &[FetchItem] {
        &self.items[..self.len]
    }
}

impl fmt::Debug for SoFar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.deref().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use tayori_proto::types::Uid;

    use super::*;

    #[test]
    fn those_of_one_row_are_one_copy() {
        let uid = |number| FetchItem::Uid(Uid::new(number).unwrap());
        let items = [uid(1), uid(2), uid(3)];
        let so_far: Vec<_> = SoFar::of_each(&items).collect();
        for (index, so_far) in so_far.iter().enumerate() {
            assert_eq!(**so_far, items[..index]);
        }
        assert!(so_far.windows(2).all(|pair| Arc::ptr_eq(&pair[0].items, &pair[1].items)));
        assert_eq!(*SoFar::from(items.to_vec()), items);
    }
}
