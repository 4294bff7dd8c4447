/** The published figures, and two more that show what the theory says about them. */
export const figureNames = ["fig1", "fig2", "fig3", "fig5", "rates", "follow"] as const;

export type FigureName = (typeof figureNames)[number];
