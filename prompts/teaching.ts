// What the model is asked while a teaching case is still hidden: our own words only, because a participant's words could be made to draw the answer out.

/** About the projection, which says nothing of findings. */
export const PROJECTION_QUESTION = 'Is this an anteroposterior (AP) or a posteroanterior (PA) view?';
