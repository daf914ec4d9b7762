// An independent client of the Bot API against the stand-in. SANDBOX is its address, TOKEN the bot's.
import assert from 'node:assert/strict';
import http from 'node:http';
import test from 'node:test';
import { Api, GrammyError } from 'grammy';

const { SANDBOX: sandbox, TOKEN: token } = process.env;

// Connections that stay open would keep the script from ending.
const agent = new http.Agent({ keepAlive: false });
const client = (key = token) => new Api(key, { apiRoot: `${sandbox}telegram`, baseFetchConfig: { agent } });
const bot = client();

const control = (path, body) => fetch(new URL(`control/${path}`, sandbox), {
  method: 'POST', headers: { 'content-type': 'application/json' }, body: body && JSON.stringify(body),
});
const says = (chat, text, name) => control(`telegram/${chat}/says`, { text, name });
const refused = (code, description) => (error) =>
  error instanceof GrammyError && error.error_code === code && error.description.startsWith(description);

test('the bot knows who it is', async () => {
  const me = await bot.getMe();
  assert.deepEqual([me.is_bot, me.username], [true, 'dovetail_sandbox_bot']);
});

test('a message in HTML arrives as text with entities', async () => {
  await says(101, '/start', 'Anna');
  const sent = await bot.sendMessage(101, '<b>A &lt; B</b> &amp; <a href="https://shop.example/?a=1&amp;b=2">look</a>', { parse_mode: 'HTML' });
  assert.equal(sent.text, 'A < B & look');
  assert.deepEqual([sent.chat.id, sent.chat.first_name, sent.from.is_bot], [101, 'Anna', true]);
  assert.deepEqual(sent.entities, [
    { type: 'bold', offset: 0, length: 5 }, { type: 'text_link', offset: 8, length: 4, url: 'https://shop.example/?a=1&b=2' },
  ]);
});

test('HTML that is not sound is refused', async () => {
  await says(102, '/start');
  await assert.rejects(bot.sendMessage(102, '<b>open', { parse_mode: 'HTML' }), refused(400, "Bad Request: can't parse entities: Can't find end tag"));
  await assert.rejects(bot.sendMessage(102, 'a <img src=x> b', { parse_mode: 'HTML' }), refused(400, "Bad Request: can't parse entities: Unsupported start tag \"img\""));
  await assert.rejects(bot.sendMessage(102, '<b></b>', { parse_mode: 'HTML' }), refused(400, 'Bad Request: message text is empty'));
  await assert.rejects(bot.sendMessage(102, 'x'.repeat(4097)), refused(400, 'Bad Request: message is too long'));
});

test('who never spoke to the bot, or blocked it, gets nothing', async () => {
  await assert.rejects(bot.sendMessage(103, 'hello'), refused(400, 'Bad Request: chat not found'));
  await says(103, '/start');
  await control('telegram/103/blocks');
  await assert.rejects(bot.sendMessage(103, 'hello'), refused(403, 'Forbidden: bot was blocked by the user'));
  await control('telegram/103/unblocks');
  assert.equal((await bot.sendMessage(103, 'hello')).text, 'hello');
});

test('too much at once is told with the pause', async () => {
  await says(104, '/start');
  await control('levers', { system: 'telegram', effect: 'refuse', match: '104', reason: 'flood:7', times: 1 });
  await assert.rejects(bot.sendMessage(104, 'hello'), (error) =>
    refused(429, 'Too Many Requests: retry after 7')(error) && error.parameters.retry_after === 7);
});

test('a wrong token and an unknown method are told apart', async () => {
  await assert.rejects(client('1:wrong').getMe(), refused(401, 'Unauthorized'));
  await assert.rejects(bot.raw.sendSmoke({}), refused(404, 'Not Found'));
});

test('updates are fetched until they are confirmed, and not beside a webhook', async () => {
  await says(105, '/start abc');
  await says(105, 'hello');
  const updates = (await bot.getUpdates({ timeout: 1 })).filter((update) => update.message.chat.id === 105);
  assert.deepEqual(updates.map((update) => update.message.text), ['/start abc', 'hello']);
  assert.deepEqual(updates[0].message.entities, [{ type: 'bot_command', offset: 0, length: 6 }]);
  assert.deepEqual(await bot.getUpdates({ offset: updates[1].update_id + 1 }), []);

  await bot.setWebhook('http://127.0.0.1:9/hook', { secret_token: 's-1', allowed_updates: ['message'], drop_pending_updates: true });
  assert.deepEqual([(await bot.getWebhookInfo()).url, (await bot.getWebhookInfo()).pending_update_count], ['http://127.0.0.1:9/hook', 0]);
  await assert.rejects(bot.getUpdates(), refused(409, 'Conflict: '));
  await assert.rejects(bot.setWebhook('http://127.0.0.1:9/hook', { secret_token: 'not this!' }), refused(400, 'Bad Request: secret token'));
  await bot.deleteWebhook();
  assert.equal((await bot.getWebhookInfo()).url, '');
});
