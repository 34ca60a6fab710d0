#include "server/http/error_answer.h"

#include <gtest/gtest.h>

#include <string>

#include "base/disk_full.h"
#include "base/json.h"
#include "base/unicode.h"

namespace hearth {
namespace {

TEST(ErrorAnswer, NeverBlamesTheServerForTheClientsMistake) {
  for (const ErrorCode code :
       {ErrorCode::kInvalidArgument, ErrorCode::kUnsupported, ErrorCode::kContextLimit, ErrorCode::kNotFound}) {
    EXPECT_GE(http_status(code), 400);
    EXPECT_LT(http_status(code), 500);
  }
  for (const ErrorCode code : {ErrorCode::kCorruptData, ErrorCode::kIo, ErrorCode::kOutOfMemory, ErrorCode::kCancelled,
                               ErrorCode::kBusy, ErrorCode::kTimeout, ErrorCode::kInternal}) {
    EXPECT_GE(http_status(code), 500);
  }
}

TEST(ErrorAnswer, TakesTheDetailsOfAnHttpError) {
  const HttpError error(ErrorCode::kNotFound, "no model 'x'",
                        {.status = 0, .type = "t", .param = "model", .code = "model_not_found", .retry_after = 7},
                        "pull it");
  const ErrorAnswer answer = describe(error);
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(answer.message, "no model 'x'; pull it");
  EXPECT_EQ(answer.type, "t");
  EXPECT_EQ(answer.param, "model");
  EXPECT_EQ(answer.code, "model_not_found");
  EXPECT_EQ(answer.retry_after, 7);
  const Error& base = error;  // through a reference to the base, as handlers throw it
  EXPECT_EQ(describe(base).code, "model_not_found");
}

TEST(ErrorAnswer, TellsAFullDiskApart) {
  const ErrorAnswer full = describe(DiskFullError("/a: cannot write: no space"));
  EXPECT_EQ(full.status, 507);
  EXPECT_EQ(full.type, "server_error");
  EXPECT_EQ(full.message, "/a: cannot write: no space; make room on that disk");
  EXPECT_EQ(describe(Error(ErrorCode::kIo, "/a: cannot write: broken")).status, 500);
}

TEST(ErrorAnswer, FillsInWhatAnErrorDoesNotSay) {
  EXPECT_EQ(describe(Error(ErrorCode::kNotFound, "x")).type, "not_found_error");
  EXPECT_EQ(describe(Error(ErrorCode::kContextLimit, "x")).code, "context_length_exceeded");
  EXPECT_EQ(describe(Error(ErrorCode::kBusy, "x")).type, "overloaded_error");
  EXPECT_EQ(describe(Error(ErrorCode::kBusy, "x")).retry_after, 1);
  EXPECT_EQ(describe(Error(ErrorCode::kInternal, "x")).type, "server_error");
  EXPECT_EQ(describe(HttpError(ErrorCode::kInvalidArgument, "x",
                               {.status = 429, .type = {}, .param = {}, .code = {}, .retry_after = 0}))
                .type,
            "rate_limit_error");
}

TEST(ErrorAnswer, WritesTheBodiesOfThreeDialects) {
  const ErrorAnswer answer{404, "no \"x\"", "not_found_error", "", "", 0};
  EXPECT_EQ(openai_error(answer),
            R"({"error":{"message":"no \"x\"","type":"not_found_error","param":null,"code":null}})");
  EXPECT_EQ(anthropic_error(answer), R"({"type":"error","error":{"type":"not_found_error","message":"no \"x\""}})");
  EXPECT_EQ(ollama_error(answer), R"({"error":"no \"x\""})");
  EXPECT_EQ(anthropic_error({500, "x", "server_error", "", "", 0}),
            R"({"type":"error","error":{"type":"api_error","message":"x"}})");
  EXPECT_EQ(anthropic_error({404, "x", "invalid_request_error", "model", "model_not_found", 0}),
            R"({"type":"error","error":{"type":"not_found_error","message":"x"}})");
  EXPECT_EQ(anthropic_error({504, "x", "server_error", "", "", 0}),
            R"({"type":"error","error":{"type":"timeout_error","message":"x"}})");
  EXPECT_EQ(anthropic_error({413, "x", "invalid_request_error", "", "", 0}),
            R"({"type":"error","error":{"type":"request_too_large","message":"x"}})");
}

TEST(ErrorAnswer, StaysJsonWhateverTheMessageHolds) {
  const ErrorAnswer answer = describe(Error(ErrorCode::kCorruptData, "a\xFF\x01\"\n"));
  EXPECT_TRUE(is_valid_utf8(answer.message));
  for (const Dialect dialect : {openai_error, anthropic_error, ollama_error}) {
    EXPECT_NO_THROW(parse_json(dialect(answer), "the body"));
  }
}

TEST(ErrorAnswer, ChoosesADialectByWholePartsOfThePath) {
  EXPECT_EQ(dialect_of("/v1/messages"), &anthropic_error);
  EXPECT_EQ(dialect_of("/v1/messages/count_tokens"), &anthropic_error);
  EXPECT_EQ(dialect_of("/v1/messages2"), &openai_error);
  EXPECT_EQ(dialect_of("/api"), &ollama_error);
  EXPECT_EQ(dialect_of("/api/chat"), &ollama_error);
  EXPECT_EQ(dialect_of("/apis"), &openai_error);
  EXPECT_EQ(dialect_of("/"), &openai_error);
}

}  // namespace
}  // namespace hearth
