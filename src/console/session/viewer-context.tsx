import { createContext, type ReactNode, useContext } from 'react'
import type { Viewer } from './viewer.ts'

const ViewerContext = createContext<Viewer | null>(null)

export function ViewerProvider({ viewer, children }: { viewer: Viewer; children: ReactNode }) {
  return <ViewerContext value={viewer}>{children}</ViewerContext>
}

/** Who is signed in, and in which account this tab is. */
export function useViewer(): Viewer {
  const viewer = useContext(ViewerContext)
  if (!viewer) throw new Error('Only within an account that is shown.')
  return viewer
}

/** Whether the viewer may do something here; what one may not do has no control. @param permission `apps/create` */
export function useMay(): (permission: string) => boolean {
  const { permissions } = useViewer()
  return (permission) => permissions.includes(permission)
}
