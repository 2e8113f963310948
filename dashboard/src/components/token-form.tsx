import { useSignal } from '@preact/signals'
import { giveToken, wasRefused } from '../api/client.ts'

/** Asks for the token. It is sent in a header, never in an address, and forgotten with the tab. */
export function TokenForm() {
  const text = useSignal('')
  return (
    <form class="token" onSubmit={e => {
      e.preventDefault()
      if (text.value.trim() !== '') giveToken(text.value.trim())
    }}>
      <h1>This server asks for a token</h1>
      <p>It is the one that the program was started with. This tab keeps it until it is closed.</p>
      <label>Token <input type="password" autocomplete="off" spellcheck={false} value={text.value} onInput={e => { text.value = e.currentTarget.value }} aria-describedby="token-refused" aria-invalid={wasRefused.value} autofocus /></label>
      <p id="token-refused" class="refused" role="alert">{wasRefused.value ? 'That token was refused.' : ''}</p>
      <button type="submit">Go on</button>
    </form>
  )
}
