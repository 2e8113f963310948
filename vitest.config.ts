import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { defineConfig } from 'vitest/config'

const resolve = createRequire(import.meta.url).resolve

export default defineConfig({
  plugins: [
    {
      // The package by its own name is what a user gets: dist, through "exports", as Node finds it and never transformed.
      name: 'own-package',
      enforce: 'pre',
      resolveId: id => (id === 'millrace' || id.startsWith('millrace/') ? { id: pathToFileURL(resolve(id)).href, external: true } : undefined),
    },
  ],
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    // Starts nothing by itself: the broker comes when a Kafka test asks.
    globalSetup: ['test/support/kafka-setup.ts'],
    pool: 'forks',
    server: { deps: { external: [/\/dist\//] } },
  },
})
