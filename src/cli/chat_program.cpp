#include "cli/chat_program.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "cli/answer_json.h"
#include "cli/chat_commands.h"
#include "cli/human.h"
#include "cli/interrupt.h"
#include "cli/json_text.h"
#include "cli/notice.h"
#include "cli/output.h"
#include "cli/program.h"
#include "cli/usage_error.h"
#include "hearth/error.h"

namespace hearth::cli {

ChatProgram::ChatProgram(ChatSession session, std::function<void(ChatSession&, const std::string&)> change_model,
                         std::unique_ptr<LineReader> reader, ChatStyle style, std::shared_ptr<ChatKeeper> keeper)
    : session_(std::move(session)),
      change_model_(std::move(change_model)),
      reader_(std::move(reader)),
      style_(style),
      keeper_(std::move(keeper)) {}

int ChatProgram::run() {
  while (true) {
    const ReadLine line = reader_->read(assembler_.is_pending() ? "... " : "> ");
    if (line.kind == ReadLine::kInterrupted) {
      if (handle_interrupt(line) == Next::kLeave) return kInterrupted;
      continue;
    }
    interrupts_ = 0;
    const auto input = line.kind == ReadLine::kEnd ? assembler_.finish() : assembler_.add(line.text);
    if (input && handle_guarded(*input) == Next::kLeave) return status_;
    if (line.kind == ReadLine::kEnd) return status_;
  }
}

ChatProgram::Next ChatProgram::handle_interrupt(const ReadLine& line) {
  const bool had_something = line.had_text || assembler_.is_pending();
  assembler_.reset();
  interrupts_ = had_something ? 0 : interrupts_ + 1;
  if (interrupts_ >= 2) return Next::kLeave;
  if (interrupts_ == 1) notice("Ctrl-C once more leaves, as Ctrl-D and /quit do");
  return Next::kGoOn;
}

ChatProgram::Next ChatProgram::handle_guarded(const ChatInput& input) {
  // A person corrects a mistake and goes on; a script must be able to see that there was one.
  const auto report = [&](std::string_view message, std::string_view hint) {
    if (!standard_output().at_line_start()) standard_output().raw("\n");
    standard_output().flush();
    notice(fmt::format("hearth: {}", message));
    if (!hint.empty()) notice(hint);
    if (!style_.interactive) status_ = kFailed;
    return Next::kGoOn;
  };
  try {
    return handle(input);
  } catch (const UsageError& error) {
    return report(error.what(), error.hint());
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kContextLimit) return report(error.message(), error.hint());
    return report(error.message(),
                  "/clear begins anew, /set context_shift on forgets the oldest half; --ctx makes room");
  }
}

ChatProgram::Next ChatProgram::handle(const ChatInput& input) {
  if (!input.is_command) {
    print_answer(
        [&](const OnText& on_text) { return session_.answer(input.text, on_text, &InterruptScope::requested()); });
  } else {
    ChatContext context{session_, change_model_, last_answer_ ? &*last_answer_ : nullptr, keeper_.get()};
    switch (run_chat_command(input.text, context)) {
      case AfterCommand::kGoOn: return Next::kGoOn;
      case AfterCommand::kQuit: return Next::kLeave;
      case AfterCommand::kRegenerate:
        print_answer([&](const OnText& on_text) { return session_.regenerate(on_text, &InterruptScope::requested()); });
    }
  }
  if (keeper_ != nullptr) keeper_->keep(session_, last_answer_ ? &*last_answer_ : nullptr);
  // At a terminal Ctrl-C stopped the answer and not the program; whoever feeds a pipe wanted to stop it all.
  const bool cancelled = last_answer_ && last_answer_->finish_reason == FinishReason::kCancelled;
  if (!cancelled || style_.interactive) return Next::kGoOn;
  status_ = kInterrupted;
  return Next::kLeave;
}

void ChatProgram::print_answer(const std::function<Generation(const OnText&)>& generate) {
  const InterruptScope interrupt(SecondInterrupt::kExits);
  Output& out = standard_output();
  Generation answer = generate([&](std::string_view piece) {
    if (!style_.as_json) {
      out.text(piece);
      out.flush();
    }
    return true;
  });
  finish_answer(answer);
  last_answer_ = std::move(answer);
}

void ChatProgram::finish_answer(const Generation& answer) {
  Output& out = standard_output();
  if (style_.as_json) {
    out.raw(to_json_text(answer_json(answer, session_.model_path())) + "\n");
  } else if (!out.at_line_start() || answer.text.empty()) {
    out.raw("\n");
  }
  out.flush();
  explain_end(answer);
  if (style_.interactive) {
    dim_notice(fmt::format("{} tokens, {}/s", answer.stats.generated_tokens,
                           human_rate(answer.stats.generated_tokens_per_second())));
  }
}

void ChatProgram::explain_end(const Generation& answer) const {
  if (answer.finish_reason == FinishReason::kCancelled && style_.interactive) notice("stopped");
  if (answer.finish_reason != FinishReason::kLength) return;
  const std::int64_t limit = session_.params().max_tokens;
  if (limit >= 0 && answer.stats.generated_tokens >= limit) {
    if (style_.interactive) notice(fmt::format("stopped after {} tokens (max_tokens)", limit));
    return;
  }
  notice(
      fmt::format("the context of {} tokens is full; /clear begins anew, /set context_shift on forgets the oldest "
                  "half, --ctx makes room",
                  session_.model().context()));
}

}  // namespace hearth::cli
