export function programOf(path: string): string
