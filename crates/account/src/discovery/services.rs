//! Service records.
