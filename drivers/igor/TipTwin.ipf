#pragma TextEncoding = "UTF-8"
#pragma rtGlobals = 3
#pragma ModuleName = TipTwin

// What tiptwin's Cypher driver needs beside the vendor's software. Two functions, called by the driver's command files.
//
// NEVER RUN ON HARDWARE: written from published facts about the software, not tried with it. docs/cypher.md says how to try it.
//
// Install: put this file into "User Procedures", and load it from the procedure window with  #include "TipTwin"  (or open it there).

// The serial number of your microscope: what `tiptwin explore --arm` asks for. Change it.
StrConstant ksTipTwinSerial = "CHANGE-ME"

// Writes the request's number, the serial number, and the request's number again, one a line.
Function TipTwin_Identity(path, nonce)
	String path
	Variable nonce

	Variable file
	Open/Z file as path
	if (V_flag != 0)
		return -1
	endif
	fprintf file, "%.0f\r%s\r%.0f\r", nonce, ksTipTwinSerial, nonce
	Close file
	return 0
End

// Sets what names of data files begin with, as typing it into the master panel does (event 2 is the Enter key).
Function TipTwin_Name(base)
	String base

	STRUCT WMSetVariableAction action
	action.ctrlName = "BaseNameSetVar_0"
	action.win = "MasterPanel"
	action.eventCode = 2
	action.sval = base
	BaseNameSetVarFunc(action)
	return 0
End
