import { signal } from '@preact/signals'

const stored = 'millrace-token'

/** What the server asks callers for; kept for this tab alone, and never in an address. */
export const token = signal(sessionStorage.getItem(stored) ?? '')

/** The server wants a token, as its page says: then nothing is asked for before there is one. */
const wantsToken = document.querySelector<HTMLMetaElement>('meta[name="millrace-access"]')?.content === 'token'

export const isDenied = signal(wantsToken && token.value === '')
/** A token was sent and refused. */
export const wasRefused = signal(false)

/** An answer that is none. */
export class HttpFailure extends Error {
  override readonly name = 'HttpFailure'
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

export function giveToken(text: string): void {
  token.value = text
  if (text === '') sessionStorage.removeItem(stored)
  else sessionStorage.setItem(stored, text)
  wasRefused.value = false
  isDenied.value = wantsToken && text === ''
}

/** @throws HttpFailure for anything but 200; TypeError when there is no connection */
export async function request(path: string, init: { readonly signal?: AbortSignal; readonly headers?: { readonly [name: string]: string } } = {}): Promise<Response> {
  if (isDenied.value) throw new HttpFailure(401, 'The token is missing.')
  const answer = await fetch(new URL(path, document.baseURI), {
    headers: { ...init.headers, ...(token.value === '' ? {} : { authorization: `Bearer ${token.value}` }) },
    cache: 'no-store',
    credentials: 'omit',
    redirect: 'error',
    ...(init.signal === undefined ? {} : { signal: init.signal }),
  })
  if (answer.ok) return answer
  if (answer.status === 401) {
    wasRefused.value = token.value !== ''
    isDenied.value = true
  }
  throw new HttpFailure(answer.status, await reason(answer))
}

export async function getJson<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await (await request(path, signal === undefined ? {} : { signal })).json()) as T
}

async function reason(answer: Response): Promise<string> {
  try {
    const { error } = (await answer.json()) as { readonly error?: unknown }
    if (typeof error === 'string') return error
  } catch {
    // Whatever stands between here and the server answers as it likes.
  }
  return `The server answered ${answer.status}.`
}
