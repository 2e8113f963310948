import { computed, effect, signal } from '@preact/signals'

export type Theme = 'system' | 'light' | 'dark'

const stored = 'millrace-theme'
const system = matchMedia('(prefers-color-scheme: dark)')
const systemIsDark = signal(system.matches)
system.addEventListener('change', e => {
  systemIsDark.value = e.matches
})

export const theme = signal<Theme>(themeOf(localStorage.getItem(stored)))
/** Charts are drawn, not styled: they are made anew when this changes. */
export const isDark = computed(() => theme.value === 'dark' || (theme.value === 'system' && systemIsDark.value))

effect(() => {
  document.documentElement.dataset.theme = isDark.value ? 'dark' : 'light'
})

export function chooseTheme(choice: Theme): void {
  theme.value = choice
  localStorage.setItem(stored, choice)
}

function themeOf(text: string | null): Theme {
  return text === 'light' || text === 'dark' ? text : 'system'
}
