/** How much somebody else may send: so much at once, and so much each second. Pure. */
export class Allowance {
  /**
   * @param {number} perSecond
   * @param {number} most  at once
   */
  constructor(perSecond, most) {
    this.perSecond = perSecond;
    this.most = most;
    this.left = most;
    this.at = 0;
  }

  /**
   * @param {number} now  in milliseconds
   * @returns {number} how much is free
   */
  free(now) {
    if (now > this.at) {
      if (this.at) this.left = Math.min(this.most, this.left + (now - this.at) / 1000 * this.perSecond);
      this.at = now;
    }
    return Math.floor(this.left);
  }

  /**
   * @param {number} amount
   * @param {number} now  in milliseconds
   * @returns {boolean} whether it was free; then it is taken
   */
  take(amount, now) {
    if (this.free(now) < amount) return false;
    this.left -= amount;
    return true;
  }
}
