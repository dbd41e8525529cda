//! The structure as IMAP tells it: BODY and BODYSTRUCTURE (RFC 9051 section 7.5.2).

use tayori_proto::types::{
    BodyFields, BodyPart, BodyStructure, MultipartBody, MultipartExtension, Parameter, Parameters,
    PartContent, PartExtension, Text,
};

use super::Structure;
use super::entity::{Content, Entity};

/// Whether extension data is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extensions {
    /// `BODYSTRUCTURE`
    With,
    /// `BODY`
    Without,
}

impl Structure {
    /// The structure of the message in the form of IMAP.
    ///
    /// Types and parameters stand as they were written, RFC 2231 included; where nothing was, they are told with the
    /// defaults of RFC 2045 section 5.2: plain text in US-ASCII, `7bit`. The size in lines is the number of line ends
    /// in a body. A multipart without a boundary is text; a message that cannot be read as it stands, and what is too
    /// deep, is `application/octet-stream`.
    pub fn body(&self, extensions: Extensions) -> BodyStructure {
        self.body_of(&self.entities[0], extensions)
    }

    /// Nests as deep as the entities, which the limits bound.
    fn body_of(&self, entity: &Entity, extensions: Extensions) -> BodyStructure {
        let content = match &entity.content {
            Content::Multipart(parts) => {
                return BodyStructure::Multipart(MultipartBody {
                    parts: parts.iter().map(|&part| self.body_of(&self.entities[part], extensions)).collect(),
                    media_subtype: entity.media.subtype.clone(),
                    extension: (extensions == Extensions::With).then(|| MultipartExtension {
                        parameters: entity.media.parameters.clone(),
                        disposition: entity.disposition.clone(),
                        language: entity.language.clone(),
                        location: entity.location.clone(),
                        more: Vec::new(),
                    }),
                });
            }
            &Content::Message(message) => {
                let message = &self.entities[message];
                PartContent::Message {
                    envelope: message.envelope.clone().unwrap_or_default(),
                    body: Box::new(self.body_of(message, extensions)),
                    lines: Some(entity.lines),
                }
            }
            Content::Leaf if entity.media.is_kind("text") => PartContent::Text { lines: Some(entity.lines) },
            Content::Leaf => PartContent::Basic,
        };
        BodyStructure::Part(BodyPart {
            media_type: entity.media.kind.clone(),
            media_subtype: entity.media.subtype.clone(),
            fields: BodyFields {
                parameters: parameters(entity),
                id: entity.id.clone(),
                description: entity.description.clone(),
                encoding: Some(entity.encoding.clone().unwrap_or(Text::from_static("7bit"))),
                octets: Some(entity.body.end - entity.body.start),
            },
            content,
            extension: (extensions == Extensions::With).then(|| PartExtension {
                md5: entity.md5.clone(),
                disposition: entity.disposition.clone(),
                language: entity.language.clone(),
                location: entity.location.clone(),
                more: Vec::new(),
            }),
        })
    }
}

/// The parameters, and for plain text without a charset the one it has by default (RFC 2046 section 4.1.2).
fn parameters(entity: &Entity) -> Parameters {
    let mut parameters = entity.media.parameters.clone();
    if entity.media.is("text", "plain") && entity.media.parameter("charset").is_none() {
        let (name, value) = (Text::from_static("charset"), Text::from_static("us-ascii"));
        parameters.push(Parameter { name, value });
    }
    parameters
}
