import { createContext, type ReactNode, useContext } from 'react'
import type { Viewer } from './viewer.ts'

type Place = { viewer: Viewer; comeIn: () => void }

const ViewerContext = createContext<Place | null>(null)

/** @param comeIn asks anew who is signed in, and where */
export function ViewerProvider({ viewer, comeIn, children }: Place & { children: ReactNode }) {
  return <ViewerContext value={{ viewer, comeIn }}>{children}</ViewerContext>
}

function usePlace(): Place {
  const place = useContext(ViewerContext)
  if (!place) throw new Error('Only within an account that is shown.')
  return place
}

/** Who is signed in, and in which account this tab is. */
export function useViewer(): Viewer {
  return usePlace().viewer
}

/** Comes in anew: the account, its name or the viewer's role is another. */
export function useComeIn(): () => void {
  return usePlace().comeIn
}

/** Whether the viewer may do something here; what one may not do has no control. @param permission `apps/create` */
export function useMay(): (permission: string) => boolean {
  const { permissions } = useViewer()
  return (permission) => permissions.includes(permission)
}
