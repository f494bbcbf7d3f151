// Every small thing that can be wrong with a source: one wrong operator, number, bound, guard or missing statement a time.
import ts from 'typescript';

const { SyntaxKind: K } = ts;

const ARITHMETIC = { '+': '-', '-': '+', '*': '/', '/': '*', '**': '*', '%': '*', '<<': '>>', '>>': '<<', '|': '&', '&': '|', '^': '&' };
const COMPOUND = { '+=': '-=', '-=': '+=', '*=': '/=', '/=': '*=', '|=': '&=', '&=': '|=' };
const COMPARISONS = { '<': '<=', '<=': '<', '>': '>=', '>=': '>', '===': '!==', '!==': '===' };
/** In a loop's condition: a step too many often reads or writes past a typed array, which nobody can see. */
const FEWER = {
  '<': (a, b) => `${a} < (${b}) - 1`,
  '<=': (a, b) => `${a} < ${b}`,
  '>': (a, b) => `${a} > (${b}) + 1`,
  '>=': (a, b) => `${a} > ${b}`,
};
const TWINS = { min: 'max', max: 'min', floor: 'ceil', ceil: 'floor', some: 'every', every: 'some' };
/** Functions of Math that may be left out. */
const DROPPED = new Set(['abs', 'sqrt', 'exp', 'log', 'round', 'trunc']);
/** Methods that may be left out. */
const SKIPPED = new Set(['slice', 'filter', 'sort', 'reverse']);

/** What number might be written by mistake for this one. */
const wrongNumbers = (value) => {
  if (!Number.isInteger(value)) return [value < 1e-4 ? value * 1000 : value * 2];
  if (value >= 100) return [value * 2];
  return value === 0 ? [1] : [value + 1, value - 1];
};

const isText = (node) => ts.isStringLiteralLike(node) || ts.isTemplateExpression(node);
const isTypeOnly = (node) =>
  ts.isTypeNode(node) ||
  ts.isInterfaceDeclaration(node) ||
  ts.isTypeAliasDeclaration(node) ||
  ts.isImportDeclaration(node) ||
  ts.isExportDeclaration(node);

/** Whether an `if` only turns something away. */
const isGuard = ({ thenStatement, elseStatement }) => {
  const only = ts.isBlock(thenStatement) ? thenStatement.statements.at(-1) : thenStatement;
  return !elseStatement && only !== undefined && [K.ReturnStatement, K.ThrowStatement, K.ContinueStatement, K.BreakStatement].includes(only.kind);
};

/** `if (a > b) b = a`: with `>=` it keeps the same number. */
const keepsTheLarger = ({ left, right, parent }, text) => {
  if (!ts.isIfStatement(parent) || !ts.isExpressionStatement(parent.thenStatement)) return false;
  return [`${text(left)} = ${text(right)};`, `${text(right)} = ${text(left)};`].includes(text(parent.thenStatement));
};

/** What may stand in the place of a node, as [node to replace, text]. */
function* replacements(node, text) {
  const { parent } = node;
  const inLoopHead = (part) => ts.isForStatement(parent) && parent[part] === node;
  if (ts.isBinaryExpression(node)) {
    const { left, operatorToken, right } = node;
    const operator = text(operatorToken);
    if (ARITHMETIC[operator] && !isText(left) && !isText(right)) yield [node, `${text(left)} ${ARITHMETIC[operator]} ${text(right)}`];
    else if (COMPOUND[operator] && !inLoopHead('incrementor')) yield [operatorToken, COMPOUND[operator]];
    else if (COMPARISONS[operator]) {
      let loop = parent;
      while (ts.isBinaryExpression(loop)) loop = loop.parent;
      const inCondition = ts.isForStatement(loop) && loop.condition && node.pos >= loop.condition.pos && node.end <= loop.condition.end;
      if (inCondition && FEWER[operator]) yield [node, FEWER[operator](text(left), text(right))];
      else if (!keepsTheLarger(node, text)) yield [operatorToken, COMPARISONS[operator]];
    } else if (operator === '&&' || operator === '||') yield [node, `(${text(left)} ${operator === '&&' ? '||' : '&&'} ${text(right)})`];
    else if (operator === '??') yield [node, `(${text(right)})`];
  } else if (ts.isNumericLiteral(node)) {
    for (const wrong of wrongNumbers(Number(text(node).replaceAll('_', '')))) yield [node, String(wrong)];
  } else if (node.kind === K.TrueKeyword || node.kind === K.FalseKeyword) {
    yield [node, String(node.kind !== K.TrueKeyword)];
  } else if (ts.isPrefixUnaryExpression(node) && [K.MinusToken, K.ExclamationToken, K.TildeToken].includes(node.operator)) {
    if (!ts.isNumericLiteral(node.operand) || !ts.isElementAccessExpression(parent)) yield [node, text(node.operand)];
  } else if ((ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) && !inLoopHead('incrementor')) {
    const isStatement = ts.isExpressionStatement(parent);
    const isLoopStep = ts.isBinaryExpression(parent) && parent.operatorToken.kind === K.CommaToken;
    if (!isStatement && !isLoopStep) yield [node, text(node).replace(/\+\+|--/, (sign) => (sign === '++' ? '--' : '++'))];
  } else if (ts.isConditionalExpression(node)) {
    yield [node.condition, `!(${text(node.condition)})`];
  } else if (ts.isIfStatement(node)) {
    yield [node.expression, `!(${text(node.expression)})`];
    if (isGuard(node)) yield [node.expression, 'false'];
  } else if (ts.isForStatement(node) && node.condition) {
    yield [node.condition, 'false'];
  } else if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
    const { expression: object, name } = node.expression;
    const called = text(name);
    const isMath = text(object) === 'Math';
    if (TWINS[called] && (isMath || called === 'some' || called === 'every')) yield [name, TWINS[called]];
    if (isMath && DROPPED.has(called)) yield [node, `(${text(node.arguments[0])})`];
    if (SKIPPED.has(called)) yield [node, text(object)];
    if (called === 'slice' && node.arguments.length === 2) yield [node.arguments[1], 'undefined'];
  }
  const isRemovable =
    (ts.isExpressionStatement(node) && !ts.isStringLiteral(node.expression)) || [K.ContinueStatement, K.BreakStatement].includes(node.kind);
  if (isRemovable && !(ts.isIfStatement(parent) && parent.thenStatement === node)) yield [node, ';'];
}

/** The name of the outermost declaration around a node. */
const homeOf = (node, source) => {
  let top = node;
  while (top.parent !== source) top = top.parent;
  const named = ts.isVariableStatement(top) ? top.declarationList.declarations[0] : top;
  return named.name?.getText(source) ?? '';
};

const flat = (text) => text.trim().replace(/\s+/g, ' ');

/**
 * @param file its path, as reports tell it
 * @param source its text
 * @returns mutants as { file, in, was, now, text }: the declaration, its lines before and after, and the whole changed source;
 * the first four of them tell a mutant from all others for as long as these lines stay
 */
export const mutantsOf = (file, source) => {
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.ES2022, true);
  const text = (node) => node.getText(tree);
  const found = new Map();
  const seen = new Set();
  const add = (node, replacement) => {
    const [start, end] = [node.getStart(tree), node.end];
    const changed = source.slice(0, start) + replacement + source.slice(end);
    if (changed === source || seen.has(changed)) return;
    seen.add(changed);
    const from = source.lastIndexOf('\n', start - 1) + 1;
    const to = source.indexOf('\n', end);
    const lines = { was: flat(source.slice(from, to)), now: flat(source.slice(from, start) + replacement + source.slice(end, to)) };
    const mutant = { file, in: homeOf(node, tree), ...lines };
    const twin = found.get(keyOf(mutant));
    if (twin) twin.text.push(changed);
    else found.set(keyOf(mutant), { ...mutant, text: [changed] });
  };
  const visit = (node) => {
    if (isTypeOnly(node)) return;
    if (ts.isThrowStatement(node)) return add(node, ';'); // what its sentence says is not what we count
    for (const [place, replacement] of replacements(node, text)) add(place, replacement);
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return [...found.values()].flatMap(({ text: texts, ...mutant }) => texts.map((text, i) => ({ ...mutant, ...(i > 0 && { nth: i + 1 }), text })));
};

/** What tells a mutant from others. */
export const keyOf = ({ file, in: home, was, now, nth }) => JSON.stringify([file, home, was, now, nth ?? 1]);
