/**
 * A plotly figure as plain data: what the functions of this folder return, what the notebook shows, what is published.
 * Only the part of plotly's schema that they rely on is typed.
 */
export interface Figure {
  readonly data: readonly Trace[];
  readonly layout: Layout;
}

export interface Trace {
  readonly type: "bar" | "heatmap" | "scatter";
  readonly [attribute: string]: unknown;
}

export interface Layout {
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  readonly [attribute: string]: unknown;
}
