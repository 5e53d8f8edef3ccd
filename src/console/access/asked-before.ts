import { useCallback, useState } from 'react'

export type Verdict = 'allowed' | 'refused' | 'no-match'
/** A question of this tab, as it was answered. */
export type Asked = { app: string; appName: string; method: string; url: string; verdict: Verdict }

const KEPT = 20

/** The questions of this tab, newest first; they outlive a reload, not the tab. */
export function useAskedBefore(accountId: string): [readonly Asked[], (asked: Asked) => void] {
  const key = `chatelaine.asked.${accountId}`
  const [list, setList] = useState(() => read(key))
  const add = useCallback(
    (asked: Asked) =>
      setList((before) => {
        const next = [asked, ...before.filter((other) => !isSameQuestion(other, asked))].slice(0, KEPT)
        sessionStorage.setItem(key, JSON.stringify(next))
        return next
      }),
    [key],
  )
  return [list, add]
}

export function isSameQuestion(
  one: Pick<Asked, 'app' | 'method' | 'url'>,
  other: Pick<Asked, 'app' | 'method' | 'url'>,
): boolean {
  return one.app === other.app && one.method === other.method && one.url === other.url
}

/** Nobody but this page writes it; what an older build wrote may have another form, and is left out. */
function read(key: string): Asked[] {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(key) ?? '[]')
    return Array.isArray(kept) ? kept.filter(isAsked) : []
  } catch {
    return []
  }
}

function isAsked(value: unknown): value is Asked {
  if (typeof value !== 'object' || value === null) return false
  const texts = ['app', 'appName', 'method', 'url', 'verdict'] as const
  return texts.every((field) => typeof (value as Record<string, unknown>)[field] === 'string')
}
