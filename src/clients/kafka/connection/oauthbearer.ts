import type { SaslProvider } from './kafkajs.ts'

/** The broker does not take the token. */
export class TokenRefusedError extends Error {
  override readonly name = 'TokenRefusedError'
}

/**
 * SASL OAUTHBEARER (RFC 7628). A broker that refuses a token says so in what looks like a challenge, and answers whatever
 * comes next as if nobody had logged in. kafkajs' own provider does not look at it, and takes empty answers for true ones.
 */
export function oauthBearerProvider(token: () => Promise<string>): SaslProvider {
  return ({ saslAuthenticate }) => ({
    async authenticate() {
      const message = Buffer.from(`n,,\u0001auth=Bearer ${await token()}\u0001\u0001`)
      const sized = Buffer.alloc(4 + message.length)
      sized.writeInt32BE(message.length)
      message.copy(sized, 4)
      const challenge = await saslAuthenticate({
        request: { encode: async () => sized },
        response: { decode: async (answer: Buffer) => answer, parse: async (answer: Buffer) => answer.subarray(4).toString('utf8') },
      })
      if (challenge !== '') throw new TokenRefusedError(`SASL OAUTHBEARER authentication failed: ${challenge}`)
    },
  })
}
