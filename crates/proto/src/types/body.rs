use super::{Envelope, Parameters, PartPath, Text};

/// The MIME structure of a message (RFC 9051 section 7.5.2, BODY and BODYSTRUCTURE).
///
/// `BODY` is the same without extension data.
///
/// Parts lie in the vector of the multipart around them, without a box of their own: a structure costs one allocation
/// for each multipart, and one more where a list of parameters has more than one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BodyStructure {
    /// Anything but a multipart.
    Part(BodyPart),
    /// A multipart.
    Multipart(MultipartBody),
}

impl BodyStructure {
    /// The part with this number, if there is one and it is no multipart (RFC 9051 section 6.4.5.1): of a message
    /// without parts, 1 is its body; the numbers go on into a message inside, past its header. An empty path names the
    /// message, which is no part.
    pub fn part(&self, path: &PartPath) -> Option<&BodyPart> {
        let mut body = self;
        let mut numbers = path.0.iter().peekable();
        while let Some(number) = numbers.next() {
            let index = usize::try_from(number.get()).ok()?.checked_sub(1)?;
            match body {
                Self::Multipart(multipart) => body = multipart.parts.get(index)?,
                // The body of a message that is no multipart, numbered as its only part.
                Self::Part(_) if index == 0 => {}
                Self::Part(_) => return None,
            }
            let Self::Part(part) = body else { continue };
            if numbers.peek().is_none() {
                return Some(part);
            }
            match &part.content {
                PartContent::Message { body: inside, .. } => body = inside,
                PartContent::Basic | PartContent::Text { .. } => return None,
            }
        }
        None
    }
}

/// A part that is not a multipart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BodyPart {
    /// The type, such as `text`, in the server's own case.
    pub media_type: Text,
    /// The subtype, such as `plain`, in the server's own case.
    pub media_subtype: Text,
    /// The basic fields.
    pub fields: BodyFields,
    /// What depends on the type.
    pub content: PartContent,
    /// Extension data, as far as it was sent.
    pub extension: Option<PartExtension>,
}

/// The fields every part has (`body-fields`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BodyFields {
    /// Parameters of `Content-Type`.
    pub parameters: Parameters,
    /// `Content-ID`
    pub id: Option<Text>,
    /// `Content-Description`
    pub description: Option<Text>,
    /// `Content-Transfer-Encoding`; `None` where a server sent `NIL`.
    pub encoding: Option<Text>,
    /// Size in octets as transferred; `None` where a server does not know it.
    pub octets: Option<u64>,
}

/// What a part holds, by type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PartContent {
    /// Neither text nor a message.
    Basic,
    /// `text/*`
    Text {
        /// Size in lines as transferred; `None` where a server does not know it.
        lines: Option<u64>,
    },
    /// `message/rfc822` (and `message/global`).
    Message {
        /// The envelope of the message inside.
        envelope: Box<Envelope>,
        /// Its structure.
        body: Box<BodyStructure>,
        /// Its size in lines; `None` where a server does not know it.
        lines: Option<u64>,
    },
}

/// A multipart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MultipartBody {
    /// The parts; some servers send none.
    pub parts: Vec<BodyStructure>,
    /// The subtype, such as `mixed`.
    pub media_subtype: Text,
    /// Extension data, as far as it was sent.
    pub extension: Option<MultipartExtension>,
}

/// `Content-Disposition`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disposition {
    /// Such as `attachment`.
    pub kind: Text,
    /// Such as `filename`.
    pub parameters: Parameters,
}

/// `Content-Language`; empty for `NIL`.
pub type Language = Vec<Text>;

/// Extension data of a part (`body-ext-1part`). What was not sent is missing or empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PartExtension {
    /// `Content-MD5`
    pub md5: Option<Text>,
    /// `Content-Disposition`
    pub disposition: Option<Disposition>,
    /// `Content-Language`
    pub language: Language,
    /// `Content-Location`
    pub location: Option<Text>,
    /// What later revisions may add.
    pub more: Vec<BodyExtension>,
}

/// Extension data of a multipart (`body-ext-mpart`). What was not sent is missing or empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MultipartExtension {
    /// Parameters of `Content-Type`, the boundary among them.
    pub parameters: Parameters,
    /// `Content-Disposition`
    pub disposition: Option<Disposition>,
    /// `Content-Language`
    pub language: Language,
    /// `Content-Location`
    pub location: Option<Text>,
    /// What later revisions may add.
    pub more: Vec<BodyExtension>,
}

/// Extension data that has no meaning yet (`body-extension`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BodyExtension {
    /// A number.
    Number(u64),
    /// A string, or `NIL`.
    String(Option<Text>),
    /// A list.
    List(Vec<BodyExtension>),
}
