/** The least share of the time that steps may be asked to take. */
export const LEAST_DUTY = 0.25;
