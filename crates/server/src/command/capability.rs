use tayori_proto::response::Response;
use tayori_proto::types::{Atom, Capabilities, Capability};

use crate::connection::{Connection, Handled, Phase, Privacy, Reply};
use crate::server::Literals;
use crate::store::Store;

/// `CAPABILITY` (RFC 9051 section 6.1.1)
pub(super) async fn handle<S: Store>(client: &mut Connection<S>) -> Handled {
    let capabilities = client.capabilities();
    client.wire.send(&Response::Capability(capabilities)).await?;
    Ok(Reply::ok("that is all"))
}

impl<S: Store> Connection<S> {
    /// What can be done in the present state.
    pub(crate) fn capabilities(&mut self) -> Capabilities {
        let mut list = vec![
            Capability::Imap4Rev1,
            Capability::Imap4Rev2,
            match self.server.literals {
                Literals::Plus => Capability::LiteralPlus,
                Literals::Minus => Capability::LiteralMinus,
            },
            Capability::SaslIr,
            Capability::Id,
            Capability::Enable,
        ];
        if let Phase::NotAuthenticated = self.phase {
            if self.server.can_start_tls() && self.privacy != Privacy::Encrypted {
                list.push(Capability::StartTls);
            }
            match self.privacy {
                Privacy::Encrypted | Privacy::Private => {
                    list.extend(Atom::try_from("PLAIN").ok().map(Capability::Auth))
                }
                Privacy::Clear => list.push(Capability::LoginDisabled),
            }
        } else {
            list.extend([
                Capability::Idle,
                Capability::Namespace,
                Capability::Unselect,
                Capability::UidPlus,
                Capability::Move,
                Capability::SpecialUse,
                Capability::CondStore,
                Capability::QResync,
                Capability::UidOnly,
                Capability::Partial,
                Capability::SaveDate,
                Capability::Preview,
                Capability::Binary,
                Capability::ObjectId,
            ]);
            list.extend([
                Capability::Children,
                Capability::ListExtended,
                Capability::ListStatus,
                Capability::CreateSpecialUse,
                Capability::StatusSize,
                Capability::XList,
            ]);
            list.extend([
                Capability::MultiAppend,
                Capability::AppendLimit(Some(self.server.limits.message_octets)),
                Capability::Replace,
                Capability::Utf8Accept,
            ]);
            // Once is enough (RFC 4978 section 3).
            if !self.wire.is_compressed() {
                list.push(Capability::CompressDeflate);
            }
            list.extend(
                ["SORT", "THREAD=ORDEREDSUBJECT", "THREAD=REFERENCES"]
                    .into_iter()
                    .filter_map(|name| Capability::try_from(name).ok()),
            );
            list.extend([Capability::ESearch, Capability::SearchRes, Capability::Within]);
        }
        let own = list.into_iter().collect();
        match self.wire.conduct() {
            Some(conduct) => conduct.capabilities(own),
            None => own,
        }
    }
}
