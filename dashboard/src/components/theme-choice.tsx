import { chooseTheme, theme, type Theme } from '../theme.ts'

const choices: readonly (readonly [Theme, string])[] = [['system', 'As the system'], ['light', 'Light'], ['dark', 'Dark']]

export function ThemeChoice() {
  return (
    <label class="theme">
      <span class="unseen">Theme</span>
      <select value={theme.value} onChange={e => chooseTheme(choices.find(([t]) => t === e.currentTarget.value)?.[0] ?? 'system')}>
        {choices.map(([value, label]) => <option key={value} value={value}>{label}</option>)}
      </select>
    </label>
  )
}
