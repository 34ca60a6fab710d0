// For tests: an action must throw an Error of one code, whose message holds each of some parts.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <initializer_list>
#include <string>

#include "hearth/error.h"

namespace hearth::testing {

template <typename Action>
void expect_error(ErrorCode code, std::initializer_list<std::string> parts, Action action) {
  try {
    action();
    ADD_FAILURE() << "no error; expected " << error_code_name(code) << " with "
                  << ::testing::PrintToString(*parts.begin());
  } catch (const Error& error) {
    EXPECT_STREQ(error_code_name(error.code()), error_code_name(code)) << error.message();
    for (const std::string& part : parts) EXPECT_THAT(error.message(), ::testing::HasSubstr(part));
  }
}

}  // namespace hearth::testing
