/** A bar beside a number that says the same. */
export function Meter({ share }: { readonly share: number }) {
  return (
    <svg class="meter" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
      <rect class="rail" width="100" height="8" rx="2" />
      <rect class="part" width={Math.max(0, Math.min(1, share)) * 100} height="8" rx="2" />
    </svg>
  )
}
