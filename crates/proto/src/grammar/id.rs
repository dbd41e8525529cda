use crate::types::IdParameters;
use crate::wire::Encoder;

/// `id_params_list = "(" #(string SPACE nstring) ")" / nil` (RFC 2971 section 4)
pub(crate) fn encode(encoder: &mut Encoder, parameters: &IdParameters) {
    if parameters.is_empty() {
        encoder.raw("NIL");
        return;
    }
    encoder.list(parameters, |encoder, (field, value)| {
        encoder.string(field.as_bytes()).sp();
        encoder.nstring(value.as_ref().map(|value| value.as_bytes()));
    });
}
