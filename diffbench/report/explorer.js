// The step explorer: the slider chooses one of the steps that were computed, and a ring shows where it lies on the curve.
for (const figure of document.querySelectorAll("figure.explorer")) {
  const { steps, places } = JSON.parse(figure.querySelector("script[type='application/json']").textContent);
  const slider = figure.querySelector("input"), svg = figure.querySelector("svg");
  const ring = document.createElementNS("http://www.w3.org/2000/svg", "circle");
  for (const [name, value] of Object.entries({ r: 7, fill: "none", stroke: "currentColor", "stroke-width": 2 })) ring.setAttribute(name, value);
  svg.append(ring);
  const show = () => {
    const step = steps[slider.value], [x, y] = places[slider.value];
    for (const [name, text] of Object.entries(step)) figure.querySelector("." + name).textContent = text;
    ring.setAttribute("cx", x);
    ring.setAttribute("cy", y);
    slider.setAttribute("aria-valuetext", `h = ${step.h}, error ${step.error}`);
  };
  slider.addEventListener("input", show);
  show();
}
