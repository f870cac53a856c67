// Answers come in any order, and what happened may be told before them: nothing older is laid over what is newer.
// @ts-check

/** The questions about one thing, in the order in which they were asked. */
export function turns() {
  let [asked, taken] = [0, 0];
  return {
    /** Before a question. What it gives says, once the answer is there, whether that is the newest there is. */
    ask() {
      const mine = (asked += 1);
      return () => {
        if (mine <= taken) return false;
        taken = mine;
        return true;
      };
    },
    /** It was told without a question: the answers that are still on their way are older. */
    told() {
      taken = asked;
    },
    /** Whether an answer is still on its way. */
    waiting: () => asked > taken,
  };
}
