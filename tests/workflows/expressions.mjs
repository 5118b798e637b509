// Reads workflows and evaluates their expressions with GitHub's own packages: a JSON line in, one out.
// The argument is the folder that has them.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const packages = pathToFileURL(`${process.argv[2]}/node_modules/`);
const { Evaluator, Lexer, Parser, data } = await import(
  new URL("@actions/expressions/dist/index.js", packages)
);
const yaml = (await import(new URL("yaml/dist/index.js", packages))).default;

const EXPRESSION = /\$\{\{((?:[^'}]|'[^']*'|\}(?!\}))*)\}\}/g;
const STATUSES = {
  always: () => true,
  success: (status) => status === "success",
  failure: (status) => status === "failure",
  cancelled: (status) => status === "cancelled",
};

function evaluate(text, context, status) {
  const functions = Object.entries(STATUSES).map(([name, holds]) => ({
    name,
    minArgs: 0,
    maxArgs: 0,
    call: () => new data.BooleanData(holds(status)),
  }));
  const tree = new Parser(new Lexer(text).lex().tokens, Object.keys(context), functions).parse();
  const values = JSON.parse(JSON.stringify(context), data.reviver);
  return new Evaluator(tree, values, new Map(functions.map((each) => [each.name, each]))).evaluate();
}

function asksForStatus(text) {
  return new Lexer(text)
    .lex()
    .tokens.some(({ lexeme }, i, all) => lexeme?.toLowerCase() in STATUSES && all[i + 1]?.lexeme === "(");
}

const answers = {
  read: ({ path }) => yaml.parse(readFileSync(path, "utf8")),
  // Alone in its string, an expression keeps its type.
  value({ text, context, status }) {
    const alone = [...text.matchAll(EXPRESSION)];
    if (alone.length === 1 && alone[0][0] === text.trim()) {
      return JSON.parse(JSON.stringify(evaluate(alone[0][1], context, status), data.replacer));
    }
    return answers.text({ text, context, status });
  },
  text: ({ text, context, status }) =>
    text.replace(EXPRESSION, (_, inner) => evaluate(inner, context, status).coerceString()),
  // Without a function that asks how it went so far, a condition holds only after success.
  condition({ text, context, status }) {
    const inner = text.replace(EXPRESSION, (_, expression) => expression);
    const whole = asksForStatus(inner) ? inner : `success() && (${inner})`;
    return evaluate(`!!(${whole})`, context, status).value;
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { ask, ...request } = JSON.parse(line);
  try {
    console.log(JSON.stringify({ answer: answers[ask](request) }));
  } catch (error) {
    console.log(JSON.stringify({ error: String(error) }));
  }
}
