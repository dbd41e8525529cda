use std::ops::Deref;

/// A list with at least one item, where the grammar says `1*`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct NonEmpty<T> {
    /// Never empty.
    items: Vec<T>,
}

impl<T> NonEmpty<T> {
    /// The list of this item alone.
    pub fn one(item: T) -> Self {
        Self { items: vec![item] }
    }

    /// The same with a further item at the end.
    #[must_use]
    pub fn and(mut self, item: T) -> Self {
        self.items.push(item);
        self
    }

    /// The items.
    pub fn into_vec(self) -> Vec<T> {
        self.items
    }
}

impl<T> Deref for NonEmpty<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.items
    }
}

impl<T> From<T> for NonEmpty<T> {
    fn from(item: T) -> Self {
        Self::one(item)
    }
}

impl<T> TryFrom<Vec<T>> for NonEmpty<T> {
    type Error = EmptyList;

    fn try_from(items: Vec<T>) -> Result<Self, EmptyList> {
        if items.is_empty() { Err(EmptyList) } else { Ok(Self { items }) }
    }
}

impl<'a, T> IntoIterator for &'a NonEmpty<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.iter()
    }
}

/// A list without items, where one is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an empty list, where at least one item is needed")]
pub struct EmptyList;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_always_an_item() {
        assert_eq!(NonEmpty::<u8>::try_from(Vec::new()), Err(EmptyList));
        let list = NonEmpty::try_from(vec![1]).unwrap().and(2);
        assert_eq!(&list[..], [1, 2]);
        assert_eq!(list, NonEmpty::one(1).and(2));
        assert_eq!(list.into_vec(), [1, 2]);
    }
}
