export type AppTab = 'details' | 'access' | 'credentials'

/** The open tab, and the point in time that is looked at (a sequence). */
export type AppSearch = { tab?: AppTab; at?: number }

export function readAppSearch({ tab, at }: Record<string, unknown>): AppSearch {
  return {
    tab: tab === 'access' || tab === 'credentials' ? tab : undefined,
    at: Number.isSafeInteger(at) && Number(at) > 0 ? Number(at) : undefined,
  }
}
