/** The port to servers that are asked over HTTP, for tools: answers are small texts. */
export interface HttpClient {
  /**
   * Sends a request without a body. Redirects are not followed.
   * @throws Node's own error when there is no answer within `timeoutMs`, or one of more than `maxBytes`
   */
  request(request: HttpRequest): Promise<HttpAnswer>
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST'
  readonly url: URL
  readonly headers: { readonly [name: string]: string }
  readonly timeoutMs: number
  readonly maxBytes: number
}

export interface HttpAnswer {
  readonly status: number
  readonly text: string
}
