import { useCallback, useState } from 'react'

/**
 * Where a popup is put: at the end of the landmark or the dialog that its button stands in, because what stands in none
 * is hard to find with a screen reader.
 * @returns the ref for its button, and the place
 */
export function usePopupPlace(): [(button: Element | null) => void, HTMLElement | null] {
  const [place, setPlace] = useState<HTMLElement | null>(null)
  const ref = useCallback((button: Element | null) => {
    if (button) setPlace(button.closest<HTMLElement>('[role=dialog], [role=alertdialog], main, header'))
  }, [])
  return [ref, place]
}
