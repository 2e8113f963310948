import { TokenRefusedError } from './oauthbearer.ts'

/** Words of a refusal that no second try would change. kafkajs names SASL's errors; TLS's have their library's codes. */
export function authenticationRefusal(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  if (error.name === 'KafkaJSSASLAuthenticationError' || error instanceof TokenRefusedError) return error.message
  if (error.name === 'KafkaJSProtocolError' && /SASL|mechanism/i.test(error.message)) return error.message
  const code = (error as { code?: unknown }).code
  const ofTls = typeof code === 'string' && (code.startsWith('ERR_TLS_') || code.startsWith('ERR_SSL_') || certificateCodes.has(code))
  return ofTls ? `the TLS handshake failed (${error.message})` : undefined
}

const certificateCodes: ReadonlySet<string> = new Set([
  'SELF_SIGNED_CERT_IN_CHAIN', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'UNABLE_TO_GET_ISSUER_CERT', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID', 'CERT_SIGNATURE_FAILURE', 'CERT_UNTRUSTED', 'CERT_REJECTED', 'CERT_REVOKED', 'INVALID_CA', 'HOSTNAME_MISMATCH', 'EPROTO',
])
