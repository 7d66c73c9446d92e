// Appended to a copy of a report's page by test_page.sh, which shows it in a frame: tells the page around it what the
// browser made of it.
(() => {
  const root = document.documentElement
  const shown = [...document.querySelectorAll("figure svg")].filter(e => e.getBoundingClientRect().width > 0)
  const box = e => e.getBoundingClientRect()
  const words = e => e.textContent.trim().slice(0, 30)
  const over = (a, b) => Math.min(Math.min(a.right, b.right) - Math.max(a.left, b.left),
    Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top))
  const faults = []
  for (const svg of shown) {
    const name = svg.closest("figure").id
    const frame = box(svg), texts = [...svg.querySelectorAll("text")].filter(t => words(t) !== "")
    for (const [i, t] of texts.entries()) {
      const b = box(t)
      if (b.left < frame.left - 1 || b.right > frame.right + 1 || b.top < frame.top - 1 || b.bottom > frame.bottom + 1)
        faults.push(`${name}: cut '${words(t)}'`)
      for (const u of texts.slice(i + 1)) if (over(b, box(u)) > 2) faults.push(`${name}: '${words(t)}' over '${words(u)}'`)
    }
  }
  const wide = [...document.querySelectorAll("main *")].filter(e => box(e).right > root.clientWidth + 1
    && !e.closest(".scroll") && !e.closest("pre") && !e.closest("svg")).map(e => e.tagName + " " + words(e))
  const figures = document.querySelectorAll("figure").length, ran = document.title === "run" ? 1 : 0
  const fetched = performance.getEntriesByType("resource").length
  parent.postMessage(`viewport=${root.clientWidth} scroll=${root.scrollWidth} pictures=${shown.length} figures=${figures}`
    + ` fetched=${fetched} faults=${faults.length} wide=${wide.length} ran=${ran}\n`
    + faults.concat(wide).slice(0, 20).join("\n"), "*")
})()
