-- Types into a file in Neovim, has its own LSP client ask Byteline there, takes the first answer and saves.
-- Environment: SERVE, the server's command line as JSON; TYPED, what is typed at the end of the file's line LINE
-- (from 1 on).
local client = vim.lsp.start_client({
  name = 'byteline',
  cmd = vim.fn.json_decode(vim.env.SERVE),
  root_dir = vim.fn.getcwd(),
  -- the command line, which has no memory, says what is expected
  init_options = { model = 'micro', device = 'cpu', memory = { enable = false } },
})
vim.lsp.buf_attach_client(0, client)
local function initialized()
  return vim.lsp.get_client_by_id(client).initialized
end
assert(vim.wait(20000, initialized, 50), 'the server did not start')
local line = tonumber(vim.env.LINE)
for i = 1, #vim.env.TYPED do -- each key is a change of its own
  local column = #vim.fn.getline(line)
  vim.api.nvim_buf_set_text(0, line - 1, column, line - 1, column, { vim.env.TYPED:sub(i, i) })
end
vim.api.nvim_win_set_cursor(0, { line, #vim.fn.getline(line) })
local params = {
  textDocument = vim.lsp.util.make_text_document_params(),
  position = { line = line - 1, character = vim.str_utfindex(vim.fn.getline(line)) },
  context = { triggerKind = 1 },
}
local item
assert(vim.wait(20000, function() -- empty while the model loads
  local answer = vim.lsp.buf_request_sync(0, 'textDocument/inlineCompletion', params, 20000)
  item = answer and answer[client] and answer[client].result and answer[client].result[1]
  return item ~= nil
end, 200), 'nothing was offered')
vim.lsp.util.apply_text_edits({ { range = item.range, newText = item.insertText } }, 0, 'utf-16')
vim.cmd('write')
vim.lsp.stop_client(client)
vim.cmd('qall')
