import { files, Session } from 'millrace'
import { expect, it } from 'vitest'
it('x', () => { expect(typeof files).toBe('function'); expect(typeof Session.start).toBe('function') })
