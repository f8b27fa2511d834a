//! scripted-llm
