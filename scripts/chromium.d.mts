import type { Browser } from 'playwright-core'

export declare const chromiumHint: string
export declare function findChromium(): string | undefined
export declare function launchChromium(): Promise<Browser>
