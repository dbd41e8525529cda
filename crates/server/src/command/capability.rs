use std::sync::Arc;

use tayori_proto::response::Response;
use tayori_proto::types::{Atom, Capabilities, Capability};

use crate::connection::{Connection, Handled, Phase, Privacy, Reply};
use crate::server::Literals;
use crate::store::Store;

/// `CAPABILITY` (RFC 9051 section 6.1.1)
pub(super) async fn handle<S: Store>(client: &mut Connection<S>) -> Handled {
    let capabilities = client.capabilities().await;
    client.wire.send(&Response::Capability(capabilities)).await?;
    Ok(Reply::ok("that is all"))
}

impl<S: Store> Connection<S> {
    /// What can be done in the present state.
    pub(crate) async fn capabilities(&mut self) -> Capabilities {
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
                Capability::Notify,
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
                Capability::InProgress,
                Capability::Utf8Accept,
            ]);
            let limit = self.server.limits.command_messages;
            list.extend(limit.map(|messages| Capability::MessageLimit(messages.get())));
            // Once is enough (RFC 4978 section 3).
            if !self.wire.is_compressed() {
                list.push(Capability::CompressDeflate);
            }
            if self.phase.store().is_some_and(|store| store.keeps_rights()) {
                let names = ["ACL", "RIGHTS=kxte"];
                list.extend(names.into_iter().filter_map(|name| Capability::try_from(name).ok()));
            }
            list.extend(quota(self.phase.store()).await);
            if self.phase.store().is_some_and(|store| store.keeps_metadata()) {
                list.extend(Capability::try_from("METADATA").ok());
            }
            list.extend(
                ["SORT", "SORT=DISPLAY", "THREAD=ORDEREDSUBJECT", "THREAD=REFERENCES"]
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

/// Each resource that is limited is listed (RFC 9208 section 3.1.2). Where nothing is, neither is QUOTA, which comes
/// with one resource at least (RFC 9208 section 2).
async fn quota<S: Store>(store: Option<&Arc<S>>) -> Vec<Capability> {
    let Some(store) = store else { return Vec::new() };
    let limited = store.quota().await.unwrap_or_else(|error| {
        // A client can do without, and whoever asks for quotas is told.
        tracing::error!(%error, "the mail store failed");
        Vec::new()
    });
    let names = limited.iter().map(|quota| String::from_utf8_lossy(quota.resource.name()).into_owned());
    let mut names: Vec<String> = names.map(|name| format!("QUOTA=RES-{name}")).collect();
    if !names.is_empty() {
        names.insert(0, "QUOTA".to_owned());
    }
    names.iter().filter_map(|name| Capability::try_from(name.as_str()).ok()).collect()
}
