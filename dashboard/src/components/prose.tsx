/** Text of the documentation: what stands between backticks is code. Nothing else is markup. */
export function Prose({ text }: { readonly text: string }) {
  return (
    <>
      {text.split(/\n{2,}/).map((paragraph, i) => <p key={i}>{paragraph.split('`').map((part, k) => (k % 2 === 1 ? <code key={k}>{part}</code> : part))}</p>)}
    </>
  )
}
