//! TLS connections to the server, by rustls (feature `tls`).

use crate::error::{Error, Result};

/// The security level, with the meaning of libpq's `sslmode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Security {
    None,
    /// Protects against eavesdropping, and only if the server offers TLS.
    IfOffered,
    /// Protects against eavesdropping; the server's certificate is not verified.
    Encrypted,
    /// The server's certificate and host name are verified.
    Verified,
}

#[cfg(not(feature = "tls"))]
mod connector {
    use super::{Error, Result, Security};

    /// No encryption.
    #[derive(Clone)]
    pub(in crate::connect::postgres) struct Tls;

    pub(in crate::connect::postgres) type Connector = tokio_postgres::NoTls;

    impl Tls {
        pub(in crate::connect::postgres) fn new(security: Security, _: Option<String>) -> Result<Self> {
            match security {
                Security::None | Security::IfOffered => Ok(Tls),
                Security::Encrypted | Security::Verified => Err(Error::unsupported(
                    "the `sslmode` of the database URL needs the feature `tls`, which is not enabled",
                )
                .with_hint("add it in Cargo.toml: orm = { features = [\"tls\"] }")),
            }
        }

        pub(in crate::connect::postgres) fn connector(&self) -> Connector {
            tokio_postgres::NoTls
        }
    }
}

#[cfg(feature = "tls")]
mod connector {
    use std::sync::Arc;

    use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
    use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
    use rustls::pki_types::pem::PemObject;
    use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
    use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
    use tokio_postgres_rustls::MakeRustlsConnect;

    use super::{Error, Result, Security};

    /// The TLS client configuration, created once per handle.
    #[derive(Clone)]
    pub(in crate::connect::postgres) struct Tls(MakeRustlsConnect);

    pub(in crate::connect::postgres) type Connector = MakeRustlsConnect;

    impl Tls {
        pub(in crate::connect::postgres) fn new(security: Security, roots: Option<String>) -> Result<Self> {
            let provider = Arc::new(ring::default_provider());
            let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
                .with_safe_default_protocol_versions()
                .map_err(|error| Error::config("TLS cannot be set up").with_source(error))?;
            let config = match security {
                Security::Verified => builder
                    .with_root_certificates(trusted(roots.as_deref())?)
                    .with_no_client_auth(),
                _ => builder
                    .dangerous()
                    .with_custom_certificate_verifier(Arc::new(AnyServer(provider)))
                    .with_no_client_auth(),
            };
            Ok(Tls(MakeRustlsConnect::new(config)))
        }

        pub(in crate::connect::postgres) fn connector(&self) -> Connector {
            self.0.clone()
        }
    }

    /// The trusted certificate authorities.
    fn trusted(file: Option<&str>) -> Result<RootCertStore> {
        let mut store = RootCertStore::empty();
        match file {
            None | Some("system") => {
                store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
                if store.is_empty() {
                    return Err(Error::config("the system has no certificates to trust")
                        .with_hint("name a file: `sslrootcert=/path/to/ca.pem`"));
                }
            }
            Some(path) => {
                let unreadable = |reason: String| {
                    Error::config(format!(
                        "the certificates of `sslrootcert` cannot be read from {path}: {reason}"
                    ))
                };
                let certificates =
                    CertificateDer::pem_file_iter(path).map_err(|error| unreadable(error.to_string()))?;
                for certificate in certificates {
                    let certificate = certificate.map_err(|error| unreadable(error.to_string()))?;
                    store
                        .add(certificate)
                        .map_err(|error| unreadable(error.to_string()))?;
                }
                if store.is_empty() {
                    return Err(unreadable("it holds none".to_owned()));
                }
            }
        }
        Ok(store)
    }

    /// Takes any certificate, as `sslmode=require` does in libpq; the handshake itself is still checked.
    #[derive(Debug)]
    struct AnyServer(Arc<CryptoProvider>);

    impl ServerCertVerifier for AnyServer {
        fn verify_server_cert(
            &self,
            _: &CertificateDer<'_>,
            _: &[CertificateDer<'_>],
            _: &ServerName<'_>,
            _: &[u8],
            _: UnixTime,
        ) -> std::result::Result<ServerCertVerified, rustls::Error> {
            Ok(ServerCertVerified::assertion())
        }

        fn verify_tls12_signature(
            &self,
            message: &[u8],
            certificate: &CertificateDer<'_>,
            signature: &DigitallySignedStruct,
        ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
            verify_tls12_signature(
                message,
                certificate,
                signature,
                &self.0.signature_verification_algorithms,
            )
        }

        fn verify_tls13_signature(
            &self,
            message: &[u8],
            certificate: &CertificateDer<'_>,
            signature: &DigitallySignedStruct,
        ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
            verify_tls13_signature(
                message,
                certificate,
                signature,
                &self.0.signature_verification_algorithms,
            )
        }

        fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
            self.0.signature_verification_algorithms.supported_schemes()
        }
    }
}

pub(super) use connector::Tls;
