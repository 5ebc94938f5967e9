-- Opens a file in Neovim's own client, takes down what it is shown, applies the first fix, and takes down what is left.
-- NVIM 0.7 or later; the arguments are in the environment: CONVLINT_SERVER (JSON), CONVLINT_FILE and CONVLINT_RESULT.

local patience = 180000
local file = vim.env.CONVLINT_FILE
local result = {}

vim.cmd("edit " .. vim.fn.fnameescape(file))
local id = vim.lsp.start_client({
  name = "convlint",
  cmd = vim.fn.json_decode(vim.env.CONVLINT_SERVER),
  root_dir = vim.fn.fnamemodify(file, ":h"),
  init_options = { settings = { showInfo = false } },
})
vim.lsp.buf_attach_client(0, id)

local function shown()
  return vim.tbl_map(function(each)
    return { line = each.lnum, column = each.col, message = each.message, code = each.code }
  end, vim.diagnostic.get(0))
end

local function ask(method, params)
  params.textDocument = vim.lsp.util.make_text_document_params()
  local answers = vim.lsp.buf_request_sync(0, method, params, patience)
  return answers[id].result
end

vim.wait(patience, function() return #vim.diagnostic.get(0) > 0 end, 50)
result.diagnostics = shown()
local whole = { start = { line = 0, character = 0 }, ["end"] = { line = 1000, character = 0 } }
result.hints = ask("textDocument/inlayHint", { range = whole })
local actions = ask("textDocument/codeAction", { range = whole, context = { diagnostics = {} } })
result.action = actions[1].title
vim.lsp.util.apply_workspace_edit(actions[1].edit, vim.lsp.get_client_by_id(id).offset_encoding)
vim.wait(patience, function() return #vim.diagnostic.get(0) == 0 end, 50)
result.left = #vim.diagnostic.get(0)
result.text = vim.api.nvim_buf_get_lines(0, 0, -1, false)
vim.fn.writefile({ vim.fn.json_encode(result) }, vim.env.CONVLINT_RESULT)
vim.lsp.stop_client(id)
vim.cmd("qa!")
