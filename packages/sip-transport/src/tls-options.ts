/** What is said of TLS when an endpoint is opened. RFC 3261 §26.2.1, RFC 5922, RFC 8446. */

/** PEM text, or the bytes of a PEM file. */
export type Pem = string | Uint8Array

/** Who we are, proved. RFC 5922 §7.1. */
export interface Certificate {
  /** The certificate, then those that signed it. */
  readonly cert: Pem
  /** Its private key. */
  readonly key: Pem
}

/** What may be changed while connections go on: `SipEndpoint.setCertificates`. */
export interface Certificates extends Partial<Certificate> {
  /** Chosen by the name that the client asks for (SNI), from the DNS names and SIP URIs in them; `cert` is for all other names. */
  readonly certificates?: readonly Certificate[] | undefined
  /** Authorities whose certificates we believe. Default: those that Node.js brings; left out of a change, those believed before. */
  readonly ca?: Pem | readonly Pem[] | undefined
}

export interface TlsOptions extends Certificates {
  /** Of who connects to us: `none` (default) is not asked, `asked` may have none or a bad one, `required` is refused then. */
  readonly clientCertificate?: 'none' | 'asked' | 'required' | undefined
  /**
   * Of who we connect to: its certificate must be for the `domain` we look for (RFC 5922 §7.3, default), or only of a known authority
   * (`chain`), or need be nothing at all (`nothing`: encrypted, but to anybody).
   */
  readonly verify?: 'domain' | 'chain' | 'nothing' | undefined
  /** Default TLSv1.2. */
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3' | undefined
}
