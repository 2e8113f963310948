/** Small bars, the newest at the right: how the rows of the last batches went. */
export function Sparkline({ values, label }: { readonly values: readonly number[]; readonly label: string }) {
  const slots = 40
  const shown = values.slice(-slots)
  const max = Math.max(1, ...shown)
  return (
    <svg class="sparkline" viewBox={`0 0 ${slots * 5} 36`} preserveAspectRatio="none" role="img" aria-label={label}>
      <line class="base" x1="0" y1="35.5" x2={slots * 5} y2="35.5" />
      {shown.map((v, i) => {
        const height = v === 0 ? 0 : Math.max(1.5, (v / max) * 33)
        return <rect key={i} x={(slots - shown.length + i) * 5 + 0.75} y={35 - height} width="3.5" height={height} />
      })}
    </svg>
  )
}
