//! Compression of all that passes (RFC 4978).

use tayori_proto::command::Command;
use tayori_proto::response::ResponseCode;
use tayori_proto::types::Capability;

use crate::error::Error;
use crate::session::Session;

/// Whether the octets of a connection are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Compression {
    /// They are from now on, in both directions.
    Begun,
    /// They were already, and nothing was sent.
    Active,
    /// The server says that a layer below compresses (`NO [COMPRESSIONACTIVE]`): nothing has changed.
    Below,
}

impl Session {
    /// Compresses whatever passes from here to the end of the connection, in both directions (RFC 4978 section 3). It
    /// is the server's octets that get fewer, to a third or a half; on a fast line it is not worth the time it costs.
    ///
    /// Nothing else is on its way while it is negotiated. A server that sends octets that cannot be inflated ends the
    /// connection ([`crate::Lost::NotInflated`]). It costs some 400 KB of memory, whatever the server sends.
    ///
    /// When this future is dropped after the command was sent, the compression begins all the same.
    ///
    /// Fails with [`Error::NotOffered`] where the server does not have COMPRESS=DEFLATE, nothing is sent then; and with
    /// [`Error::Refused`] where it does not want to, which changes nothing.
    pub async fn compress(&mut self) -> Result<Compression, Error> {
        if self.link.shared.is_compressed() {
            return Ok(Compression::Active);
        }
        self.link.require(&Capability::CompressDeflate, "COMPRESS=DEFLATE").await?;
        match self.link.run(Command::Compress).await?.collect().await {
            Ok(_) => Ok(Compression::Begun),
            Err(Error::Refused { code: Some(code), .. }) if *code == ResponseCode::CompressionActive => {
                Ok(Compression::Below)
            }
            Err(error) => Err(error),
        }
    }
}
