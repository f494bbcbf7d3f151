/** A colour that can be changed: the browser's own picker behind a small square. */
export const css = ([r, g, b]: readonly number[]): string => `rgb(${r} ${g} ${b})`;

const hexOf = (colour: readonly number[]): string => `#${colour.map((part) => part.toString(16).padStart(2, '0')).join('')}`;
const colourOf = (hex: string): [number, number, number] =>
  [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)) as [number, number, number];

interface Props {
  id?: string;
  colour: readonly number[];
  text: string;
  tabIndex?: number;
  onChange(colour: [number, number, number]): void;
}

export const ColourInput = ({ id, colour, text, tabIndex, onChange }: Props) => (
  <input
    id={id}
    type="color"
    class="colour"
    aria-label={text}
    title={text}
    tabIndex={tabIndex}
    value={hexOf(colour)}
    onChange={({ currentTarget }) => onChange(colourOf(currentTarget.value))}
  />
);
